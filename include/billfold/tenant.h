/*
 * tenant.h - the businesses that use Billfold, and the sellers within them.
 *
 * A tenant has entities (legal sellers), settings and a business clock: real time, or for a
 * sandbox tenant a clock that is set. Business time is a value handed on by api.enter, never read here.
 */
#ifndef BILLFOLD_TENANT_H
#define BILLFOLD_TENANT_H

#include <billfold/resource.h>

extern const struct resource entity_resource;
extern const struct route tenant_routes[];       /* the tenant, its settings, the test clock */

/* The job that moves a sandbox tenant's clock: {"operation_id", "to"}; its operation has the same kind. */
#define CLOCK_JOB_KIND "advance_clock"

#endif
