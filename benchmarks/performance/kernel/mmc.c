/* M/M/c, first come, first served, load 0.9, as an event-driven engine: two events per customer. */
#include <math.h>
#include <stdio.h>
#include <time.h>
#include "heap.h"

static inline double exponential(double mean) { return -log((draw() + 0.5) / 4294967296.0) * mean; }

enum { arrival, departure };

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  size_t servers = strtoull(argv[1], 0, 10);
  size_t customers = strtoull(argv[2], 0, 10);
  double service = 10000;
  double between = service / (0.9 * servers);
  heap h = {malloc((servers + 2) * sizeof(event)), 0, 0};
  double *queue = malloc(customers * sizeof(double));
  size_t first = 0, length = 0, busy = 0, arrived = 0, served = 0;
  double waited = 0;
  clock_t start = clock();
  push(&h, ceil(exponential(between)), arrival);
  while (served < customers) {
    event e = pop(&h);
    if (e.what == arrival) {
      if (++arrived < customers) push(&h, e.time + ceil(exponential(between)), arrival);
      if (busy < servers) {
        busy++;
        push(&h, e.time + ceil(exponential(service)), departure);
      } else {
        queue[length++] = e.time;
      }
    } else {
      served++;
      if (first < length) {
        waited += e.time - queue[first++];
        push(&h, e.time + ceil(exponential(service)), departure);
      } else {
        busy--;
      }
    }
  }
  double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
  printf("{\"perSecond\": %.0f, \"meanWait\": %.4f}\n", customers / seconds, waited / customers / service);
  return 0;
}
