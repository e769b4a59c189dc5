# Commands for people who work on Kerascope. PYTHON is the interpreter of the virtual environment.
PYTHON ?= .venv/bin/python

.PHONY: test wide generate accuracy

test:
	$(PYTHON) -m pytest

# KERASCOPE_CORPUS and KERASCOPE_EXPERIMENTS name the folders with other people's programs and with the experiments.
wide:
	$(PYTHON) -m pytest -m wide

generate:
	$(PYTHON) scripts/generate_pages.py

# MEASURES: the folder with measure_summaries.py and measure_clean.py; CORPUS, HELD_OUT and FURTHER: what their
# build.sh unpacked, FURTHER with REPOS=scripts/further_repositories.json.
accuracy:
	$(PYTHON) scripts/measure_accuracy.py $(MEASURES) $(CORPUS) $(if $(HELD_OUT),--held-out $(HELD_OUT)) \
		$(if $(FURTHER),--further $(FURTHER))
