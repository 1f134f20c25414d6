# programs: each a service table, its configuration and its callbacks
include src/bin/api.mk
include src/bin/cli.mk
include src/bin/invoiced.mk
include src/bin/maild.mk
include src/bin/scheduler.mk
include src/bin/syncd.mk
include src/bin/paymentd.mk
