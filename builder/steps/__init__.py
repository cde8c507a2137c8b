"""The steps of the command line, one module each: `add(parser)` and `run(options, console)`."""
