/*
 * crm.h - accounts, contacts and deals: who pays, who to talk to, what was agreed.
 *
 * The resources and routes that a program serves, and the job of re-parenting nothing twice:
 * other rooms read crm's tables through its views and change them through its functions in SQL.
 */
#ifndef BILLFOLD_CRM_H
#define BILLFOLD_CRM_H

#include <billfold/resource.h>

extern const struct resource account_resource;
extern const struct resource contact_resource;
extern const struct resource location_resource;
extern const struct resource pipeline_resource;
extern const struct resource stage_resource;
extern const struct resource deal_resource;
extern const struct resource task_resource;
extern const struct resource note_resource;
extern const struct route crm_routes[]; /* an account's timeline and balance */

#endif
