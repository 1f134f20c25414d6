/*
 * pipeline.c - the stages that deals pass through.
 *
 * A tenant has one pipeline from its first day; others may follow. Stages are ordered by position;
 * each gives the probability that a deal in it is won.
 */
#include <billfold/crm.h>

static const struct field stage_fields[] = {
	{ .name = "pipeline_id",
	  .type = FT_REF,
	  .flags = FF_REQUIRED | FF_CREATE | FF_FILTER,
	  .u.ref = "pipeline",
	  .doc = "The pipeline that the stage belongs to." },
	{ .name = "name",
	  .type = FT_TEXT,
	  .flags = FF_REQUIRED,
	  .u.len = { 1, 100 },
	  .doc = "What the stage is called.",
	  .example = "Offer sent" },
	{ .name = "probability",
	  .type = FT_INT,
	  .u.num = { 0, 100 },
	  .doc = "Percent of deals in this stage that are won." },
	{ .name = "position",
	  .type = FT_INT,
	  .u.num = { 0, 1000000 },
	  .doc = "Order within the pipeline." },
	{ .name = "rotting_days",
	  .type = FT_INT,
	  .flags = FF_NULLABLE,
	  .u.num = { 1, 3650 },
	  .doc = "Days in this stage after which a deal counts as stale." },
	{ 0 }
};

const struct resource stage_resource = {
	.name = "stage",
	.module = "deals",
	.path = "stages",
	.table = "crm.stage",
	.view = "crm.stage_view",
	.ops = OP_ALL,
	.read = P_DEAL_READ,
	.write = P_PIPELINE_WRITE,
	.fields = stage_fields,
	.default_sort = "created_at,id",
	.doc = "A step of a pipeline.",
};

static const struct field pipeline_fields[] = { { .name = "name",
						  .type = FT_TEXT,
						  .flags = FF_REQUIRED,
						  .u.len = { 1, 100 },
						  .doc = "What the pipeline is called.",
						  .example = "New business" },
						{ 0 } };

static const struct child pipeline_children[] = { { .name = "stages",
						    .resource = &stage_resource,
						    .parent_column = "pipeline_id",
						    .writable = true,
						    .ordered = true,
						    .max = 50 },
						  { 0 } };

const struct resource pipeline_resource = {
	.name = "pipeline",
	.module = "deals",
	.path = "pipelines",
	.table = "crm.pipeline",
	.view = "crm.pipeline_view",
	.ops = OP_ALL,
	.read = P_DEAL_READ,
	.write = P_PIPELINE_WRITE,
	.fields = pipeline_fields,
	.children = pipeline_children,
	.default_sort = "created_at,id",
	.doc = "The stages that deals pass through.",
};
