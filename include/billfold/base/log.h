/*
 * log.h - JSON lines on stderr, one an event.
 *
 *	log_event(LOG_WARN, "job failed", "job", id, "kind", kind, "error", e.cause, NULL);
 *
 * Keys and values alternate, all strings, ended by NULL; a NULL value is left out.
 * Each value is escaped, so that nothing a caller sends can start a line. Secrets,
 * tokens and card data are never handed here. log_bind() sets what every later line
 * of this process carries until it is bound again (a request id, a job id).
 */
#ifndef BILLFOLD_BASE_LOG_H
#define BILLFOLD_BASE_LOG_H

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

void log_open(const char *program, enum log_level least);
int log_level_by_name(const char *name, enum log_level *ret);
void log_bind(const char *key, const char *value); /* value NULL: unbind */
void log_event(enum log_level level, const char *msg, ...) __attribute__((sentinel));

#endif
