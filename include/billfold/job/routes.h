/*
 * job/routes.h - events, the changes feed and the state of jobs, for the API's registry.
 */
#ifndef BILLFOLD_JOB_ROUTES_H
#define BILLFOLD_JOB_ROUTES_H

#include <billfold/resource.h>

extern const struct route job_routes[]; /* ended by a NULL pattern */

#endif
