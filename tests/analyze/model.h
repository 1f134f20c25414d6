/*
 * model.h - what an analysis of one file cannot know of another: these always return -1. Without it each
 * `return err_set(...)` is a way on which a caller goes on with what was not filled in.
 */
#include <billfold/base/err.h>

#define err_set(...) (err_set(__VA_ARGS__), -1)
#define err_field(...) (err_field(__VA_ARGS__), -1)
