"""`python -m builder`, from a plain checkout too."""

from builder.cli import main

raise SystemExit(main())
