/*
 * registry.c - all that billfold-api serves. A new resource or table of routes is one line here,
 * and its room's library in api.mk.
 */
#include "registry.h"

#include <billfold/auth/routes.h>
#include <billfold/crm.h>
#include <billfold/http.h>
#include <billfold/tenant.h>

static const struct resource *const resources[] = {
	&entity_resource,   &user_resource,         &client_resource,
	&role_resource,     &custom_field_resource, &operation_resource,
	&account_resource,  &contact_resource,      &location_resource,
	&pipeline_resource, &stage_resource,        &deal_resource,
	&task_resource,     &note_resource,         NULL,
};

static const struct route *const routes[] = {
	session_routes, password_routes, token_routes, tenant_routes, http_routes, NULL,
};

const struct registry api_registry = { resources, routes };
