# Unit tests: one program a topic. Each links its own room and those that the room may call, so that
# a wrong dependency fails to link.
UNIT_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit
include tests/unit/base/tests.mk
include tests/unit/json/tests.mk
include tests/unit/crypto/tests.mk
include tests/unit/pg/tests.mk
include tests/unit/redis/tests.mk
include tests/unit/net/tests.mk
include tests/unit/process/tests.mk
include tests/unit/tenant/tests.mk
include tests/unit/auth/tests.mk
include tests/unit/job/tests.mk
include tests/unit/resource/tests.mk
include tests/unit/http/tests.mk
include tests/unit/crm/tests.mk
include tests/unit/catalog/tests.mk
include tests/unit/billing/tests.mk
include tests/unit/ledger/tests.mk
include tests/unit/payment/tests.mk
include tests/unit/collect/tests.mk
include tests/unit/document/tests.mk
include tests/unit/connect/tests.mk
