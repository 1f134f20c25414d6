/*
 * cppcheck.h - what cppcheck is told of the libraries' headers, which it does not read: macros that are
 * statements.
 */
#define json_object_object_foreach(object, key, value)                                             \
	char *key;                                                                                 \
	struct json_object *value;                                                                 \
	while (json_object_next(object, &key, &value))
