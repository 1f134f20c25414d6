/*
 * registry.c - all that billfold-api serves. A new resource or table of routes is one line here,
 * and its room's library in api.mk.
 */
#include "registry.h"

#include <billfold/auth/routes.h>
#include <billfold/billing.h>
#include <billfold/catalog.h>
#include <billfold/collect.h>
#include <billfold/connect.h>
#include <billfold/crm.h>
#include <billfold/document.h>
#include <billfold/http.h>
#include <billfold/job/routes.h>
#include <billfold/ledger.h>
#include <billfold/payment.h>
#include <billfold/report.h>
#include <billfold/resource/operation.h>
#include <billfold/tenant.h>

/* clang-format off */
static const struct resource *const resources[] = {
	&entity_resource,
	&user_resource,
	&client_resource,
	&role_resource,
	&custom_field_resource,
	&operation_resource,
	&account_resource,
	&contact_resource,
	&location_resource,
	&pipeline_resource,
	&stage_resource,
	&deal_resource,
	&task_resource,
	&note_resource,
	&product_resource,
	&price_resource,
	&tax_rate_resource,
	&plan_resource,
	&plan_version_resource,
	&coupon_resource,
	&invoice_resource,
	&subscription_resource,
	&billing_run_resource,
	&series_resource,
	&payment_resource,
	&payment_setup_resource,
	&refund_resource,
	&dispute_resource,
	&payment_method_resource,
	&payment_attempt_resource,
	&dunning_policy_resource,
	&dunning_resource,
	&journal_entry_resource,
	&revaluation_resource,
	&template_resource,
	&delivery_resource,
	&mail_resource,
	&processor_resource,
	&processor_event_resource,
	NULL,
};

static const struct route *const routes[] = {
	session_routes,
	me_routes,
	password_routes,
	token_routes,
	tenant_routes,
	job_routes,
	crm_routes,
	operation_routes,
	billing_routes,
	subscription_routes,
	payment_routes,
	collect_routes,
	ledger_routes,
	revaluation_routes,
	report_routes,
	document_routes,
	viewing_routes,
	processor_routes,
	http_routes,
	NULL,
};

static const struct reaction *const reactions[] = {
	billing_reactions,
	collect_reactions,
	NULL,
};
/* clang-format on */

const struct registry api_registry = { resources, routes, reactions };
