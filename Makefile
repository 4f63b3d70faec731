# Noren's commands. Each is a script of its own in scripts/, documented there; this file only names them.
.PHONY: help build generate lint test test-long demo clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile

build: ## the three programs, into bin/
	CGO_ENABLED=0 go build -trimpath -o bin/ ./cmd/...

generate: ## the pages' Go code from their templates, and whatever else says go:generate
	@scripts/tools.sh templ
	.cache/bin/templ generate -path .
	go generate ./...

lint: ## format, vet, staticcheck, generated code up to date
	@for c in gofmt vet staticcheck generate; do echo "== $$c"; scripts/check.sh $$c || [ $$? = 75 ] || exit 1; done

test: ## everything that a change must pass; fetches what is missing; the last line counts
	@scripts/test.sh

test-long: ## the same, with soak tests, large sizes, fuzzing, the race detector everywhere
	@scripts/test.sh long

demo: ## a living service on this machine, with sample shops
	go run ./cmd/noren demo

clean: ## what the others made
	rm -rf bin .cache
