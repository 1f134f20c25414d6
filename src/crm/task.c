/*
 * task.c - what somebody still has to do, and what was said.
 *
 * People open tasks; so does the machinery when a person is needed (a declined payment,
 * an expired certificate), one open task a matter: crm.task_raise() updates the one that is
 * open, crm.task_settle() closes it when the matter is over.
 */
#include <billfold/crm.h>

static const char *const task_states[] = { "open", "done", "cancelled", NULL };

static const struct field task_fields[] = {
	{ .name = "title",
	  .type = FT_TEXT,
	  .flags = FF_REQUIRED | FF_SEARCH,
	  .u.len = { 1, 200 },
	  .doc = "What is to be done." },
	{ .name = "body",
	  .type = FT_TEXT,
	  .flags = FF_NULLABLE,
	  .u.len = { 0, 20000 },
	  .doc = "Details." },
	{ .name = "kind",
	  .type = FT_TEXT,
	  .flags = FF_FILTER,
	  .u.len = { 1, 50 },
	  .doc = "`to_do`, or what the machinery opened it for, such as `payment_failed`.",
	  .example = "follow_up" },
	{ .name = "state",
	  .type = FT_ENUM,
	  .flags = FF_FILTER,
	  .u.words = task_states,
	  .doc = "Whether it is still to be done." },
	{ .name = "due_date",
	  .type = FT_DATE,
	  .flags = FF_NULLABLE | FF_FILTER | FF_SORT,
	  .doc = "Day by which it should be done." },
	{ .name = "owner_id",
	  .type = FT_REF,
	  .flags = FF_NULLABLE | FF_FILTER,
	  .u.ref = "user",
	  .doc = "Who should do it." },
	{ .name = "account_id",
	  .type = FT_REF,
	  .flags = FF_NULLABLE | FF_FILTER,
	  .u.ref = "account",
	  .doc = "The account that it is about." },
	{ .name = "deal_id",
	  .type = FT_REF,
	  .flags = FF_NULLABLE | FF_FILTER,
	  .u.ref = "deal",
	  .doc = "The deal that it is about." },
	{ .name = "invoice_id",
	  .type = FT_UUID,
	  .flags = FF_READ_ONLY | FF_FILTER,
	  .doc = "The invoice that it is about." },
	{ .name = "occurrences",
	  .type = FT_INT,
	  .flags = FF_READ_ONLY,
	  .doc = "How many times the matter has come up while the task was open." },
	{ 0 }
};

const struct resource task_resource = {
	.name = "task",
	.module = "tasks",
	.path = "tasks",
	.table = "crm.task",
	.view = "crm.task_view",
	.ops = OP_ALL,
	.read = P_TASK_READ,
	.write = P_TASK_WRITE,
	.fields = task_fields,
	.default_sort = "created_at,id",
	.doc = "Something that somebody has to do.",
};

static const char *const note_kinds[] = { "note", "call", "meeting", NULL };

static const struct field note_fields[] = {
	{ .name = "account_id",
	  .type = FT_REF,
	  .flags = FF_REQUIRED | FF_CREATE | FF_FILTER,
	  .u.ref = "account",
	  .doc = "The account that it is about." },
	{ .name = "deal_id",
	  .type = FT_REF,
	  .flags = FF_NULLABLE | FF_CREATE | FF_FILTER,
	  .u.ref = "deal",
	  .doc = "The deal that it is about." },
	{ .name = "kind",
	  .type = FT_ENUM,
	  .flags = FF_CREATE | FF_FILTER,
	  .u.words = note_kinds,
	  .doc = "Whether it was written, said on the telephone or in a meeting." },
	{ .name = "body",
	  .type = FT_TEXT,
	  .flags = FF_REQUIRED,
	  .u.len = { 1, 20000 },
	  .doc = "The text." },
	{ 0 }
};

const struct resource note_resource = {
	.name = "note",
	.module = "tasks",
	.path = "notes",
	.table = "crm.note",
	.view = "crm.note_view",
	.ops = OP_ALL,
	.read = P_TASK_READ,
	.write = P_TASK_WRITE,
	.fields = note_fields,
	.default_sort = "created_at,id",
	.archives = true,
	.doc = "What was written or said about an account.",
};
