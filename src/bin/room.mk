# programs: each a service table, its configuration and its callbacks
include src/bin/cli.mk
