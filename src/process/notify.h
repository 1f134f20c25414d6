/*
 * notify.h - tells systemd how we are, by its datagram socket; nothing where there is none.
 */
#ifndef PROCESS_NOTIFY_H
#define PROCESS_NOTIFY_H

/* state: "READY=1", "STOPPING=1", "STATUS=..."; several are parted by newlines. */
void notify_send(const char *state);
/* Seconds between two WATCHDOG=1 that are due, 0 when none are asked for. */
int notify_watchdog_s(void);

#endif
