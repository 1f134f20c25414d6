/*
 * auth/routes.h - what of this room a program serves.
 */
#ifndef BILLFOLD_AUTH_ROUTES_H
#define BILLFOLD_AUTH_ROUTES_H

#include <billfold/resource.h>

extern const struct resource user_resource, client_resource, role_resource;
extern const struct route session_routes[];  /* people: sign-in, second factor, sign-out */
extern const struct route me_routes[];       /* who am I, what waits for me */
extern const struct route password_routes[]; /* change, forgotten, set by a link */
extern const struct route token_routes[];    /* programs: access tokens, key set, metadata */

#endif
