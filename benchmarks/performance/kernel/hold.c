/* The hold model: PENDING events wait; OPERATIONS times the first leaves and comes back an exponential time later. */
#include <math.h>
#include <stdio.h>
#include <time.h>
#include "heap.h"

static inline double exponential(double mean) { return -log((draw() + 0.5) / 4294967296.0) * mean; }

/* Delays are drawn before, so that the heap is measured and not the logarithm. */
enum { delays_count = 1 << 16 };
static double delays[delays_count];

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  size_t pending = strtoull(argv[1], 0, 10);
  size_t operations = strtoull(argv[2], 0, 10);
  for (int i = 0; i < delays_count; i++) delays[i] = ceil(exponential(1e6));
  heap h = {malloc((pending + 1) * sizeof(event)), 0, 0};
  for (size_t i = 0; i < pending; i++) push(&h, delays[i % delays_count] + (double)(i >> 3), (uint32_t)i);
  double last = 0;
  clock_t start = 0;
  for (size_t i = 0; i < operations + operations / 5; i++) {
    if (i == operations / 5) start = clock();
    event e = pop(&h);
    last = e.time;
    push(&h, e.time + delays[i % delays_count], e.what);
  }
  double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
  printf("{\"perSecond\": %.0f, \"last\": %.0f}\n", operations / seconds, last);
  return 0;
}
