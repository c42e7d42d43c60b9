# The two commands that do everything on a fresh machine with Go, git and make:
#   make demo    plays a month in the life of an invented federation
#   make test    runs the tests, with MEDLEM_SLOW=1 the long ones too
.PHONY: demo test build bench lint sample rules bundle clean

GO ?= go

# The renderer is built with the flags that its tests have: with others its 700
# packages would be compiled once more.
build:
	$(GO) build -trimpath -o bin/medlem ./cmd/medlem
	$(GO) build -o bin/medlem-site ./cmd/medlem-site

demo: build
	bin/medlem demo

# MEDLEM_SLOW=1 makes some tests long, and others need a browser; MEDLEM_SLOW=full
# makes those that are long at any size as long as they can be, with go test's own
# -timeout 0.
test:
	$(GO) test -timeout 25m ./...

bench: build
	$(GO) run ./internal/bench

lint:
	.ci/lint

# Makes the sample register (policies, data, site, demo/keyrings) anew.
sample: build
	$(GO) run ./internal/sample

# Writes docs/rules.md from docs/rules.yaml and the tests that name a row.
rules:
	$(GO) run ./internal/rulebook

# Makes the scripts of the site's theme anew. It needs npm; nothing else does.
bundle:
	cd tools/bundle && npm ci --ignore-scripts && $(GO) run .

clean:
	rm -rf bin
