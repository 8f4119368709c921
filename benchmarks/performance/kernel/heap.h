/* A binary heap of (time, order) as a C program would have it, and the chance that all contenders share. */
#include <stdint.h>
#include <stdlib.h>

typedef struct {
  double time;
  uint32_t order; /* of arrival: equal times leave first in, first out */
  uint32_t what;
} event;

typedef struct {
  event *events;
  size_t length;
  uint32_t arrivals;
} heap;

static inline int is_before(event a, event b) {
#ifdef NO_TIES
  return a.time < b.time;
#else
  return a.time < b.time || (a.time == b.time && a.order < b.order);
#endif
}

static void push(heap *h, double time, uint32_t what) {
  event added = {time, h->arrivals++, what};
  size_t at = h->length++;
  while (at > 0) {
    size_t above = (at - 1) / 2;
    if (!is_before(added, h->events[above])) break;
    h->events[at] = h->events[above];
    at = above;
  }
  h->events[at] = added;
}

static event pop(heap *h) {
  event first = h->events[0];
  event last = h->events[--h->length];
  size_t at = 0;
  for (size_t child = 1; child < h->length; child = 2 * at + 1) {
    if (child + 1 < h->length && is_before(h->events[child + 1], h->events[child])) child++;
    if (is_before(last, h->events[child])) break;
    h->events[at] = h->events[child];
    at = child;
  }
  h->events[at] = last;
  return first;
}

/* xoshiro128** of Blackman and Vigna (public domain), as in packages/kernel/src/random.ts. */
static uint32_t state[4] = {0x9e3779b9, 0x243f6a88, 0xb7e15162, 0xdeadbeef};

static inline uint32_t rotate_left(uint32_t value, int bits) { return (value << bits) | (value >> (32 - bits)); }

static inline uint32_t draw(void) {
  uint32_t result = rotate_left(state[1] * 5, 7) * 9;
  uint32_t t = state[1] << 9;
  state[2] ^= state[0];
  state[3] ^= state[1];
  state[1] ^= state[2];
  state[0] ^= state[3];
  state[2] ^= t;
  state[3] = rotate_left(state[3], 11);
  return result;
}
