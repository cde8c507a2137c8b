# Every target sets up .venv first; dev/setup.py does the same where there is no make.
PYTHON ?= python3
ARGS ?=
RUN = $(PYTHON) dev/setup.py

all: lint test

test:
	@$(RUN) test $(ARGS)

# PHOTOS=folder: folders in it are people, loose files are asked about.
demo:
	@$(RUN) demo $(if $(PHOTOS),--photos "$(PHOTOS)") $(ARGS)

# SET=folder OUT=predictions.json [DISTRACTORS=1]: names everybody in an evaluation set.
eval:
	@$(RUN) eval $(if $(SET),--set "$(SET)") $(if $(OUT),--out "$(OUT)") \
		$(if $(filter-out 0,$(DISTRACTORS)),--distractors) $(ARGS)

# Makes three sets, evaluates each and prints the scores.
eval-dev:
	@$(RUN) eval-dev $(ARGS)

bench:
	@$(RUN) bench $(ARGS)

lint:
	@$(RUN) lint

# ARGS=--upgrade takes the newest of every package.
lock:
	@$(RUN) lock $(ARGS)

# A package source for Stash, in build/package.
package:
	@$(RUN) package $(ARGS)

# The libraries of glibc for Alpine, made of Debian's packages: a file of each release.
musl-runtime:
	@$(RUN) musl-runtime $(ARGS)

.PHONY: all test demo eval eval-dev bench lint lock package musl-runtime
