noinst_LIBRARIES += libresource.a
libresource_a_SOURCES = \
	src/resource/aggregate.c src/resource/batch.c \
	src/resource/body.c src/resource/body.h src/resource/body_difference.c \
	src/resource/bulk.c src/resource/bulk.h src/resource/bulk_run.c \
	src/resource/call.c src/resource/call.h src/resource/call_answer.c src/resource/call_read.c \
	src/resource/column_map.c src/resource/column_map.h src/resource/column_spec.c \
	src/resource/compose.c src/resource/compose.h src/resource/compose_part.h \
	src/resource/compose_child.c src/resource/compose_row.c \
	src/resource/cursor.c \
	src/resource/custom.c src/resource/custom.h src/resource/custom_field.c \
	src/resource/describe.c src/resource/describe.h \
	src/resource/feed.c \
	src/resource/export.c src/resource/export.h src/resource/export_run.c src/resource/export_table.c \
	src/resource/field.c src/resource/field.h src/resource/field_check.c src/resource/field_param.c \
	src/resource/filter.c src/resource/filter.h src/resource/filter_sql.c \
	src/resource/import.c src/resource/import_resolve.c src/resource/import_rows.c src/resource/import_rows.h src/resource/import_run.c \
	src/resource/list.c \
	src/resource/one.c src/resource/one.h \
	src/resource/openapi.c src/resource/openapi.h \
	src/resource/openapi_answer.c src/resource/openapi_body.c src/resource/openapi_example.c src/resource/openapi_parameter.c \
	src/resource/openapi_schema.c src/resource/openapi_shared.c src/resource/openapi_value.c src/resource/openapi_word.c \
	src/resource/operation.c src/resource/operation_routes.c \
	src/resource/page.c src/resource/page.h \
	src/resource/registry.c \
	src/resource/records.c src/resource/records.h \
	src/resource/schema.c \
	src/resource/select.c src/resource/select.h \
	src/resource/shape.c src/resource/shape.h \
	src/resource/texts.c src/resource/texts.h \
	src/resource/work.c src/resource/work.h src/resource/work_order.c src/resource/work_step.c \
	src/resource/write.c
libresource_a_CPPFLAGS = $(AM_CPPFLAGS) $(JSONC_CFLAGS)
