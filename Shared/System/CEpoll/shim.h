#pragma once
/* Not in the Glibc module of Swift 6.3. Do not define _GNU_SOURCE here: it clashes with Dispatch's fd_set. */
#include <sys/epoll.h>
#include <sys/eventfd.h>

/* epoll_event is packed with an anonymous union; a field setter keeps Swift out of its layout. */
static inline struct epoll_event wss_epoll_event(uint32_t events, uint64_t data) {
  struct epoll_event event;
  event.events = events;
  event.data.u64 = data;
  return event;
}
static inline uint64_t wss_epoll_data(const struct epoll_event *event) { return event->data.u64; }
static inline uint32_t wss_epoll_events(const struct epoll_event *event) { return event->events; }

/* Hidden behind _GNU_SOURCE in the system's headers; the declarations are the same. */
#include <sys/socket.h>
#include <sys/prctl.h>
extern int accept4(int, struct sockaddr *__restrict, socklen_t *__restrict, int);
static inline void wss_name_thread(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }
