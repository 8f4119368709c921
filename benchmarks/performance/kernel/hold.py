"""The hold model in SimPy: PENDING processes, each of which waits an exponential time again and again."""
import random, sys, time, json, simpy

pending, operations = int(sys.argv[1]), int(sys.argv[2])
chance = random.Random(1)
delays = [chance.expovariate(1e-6) for _ in range(1 << 16)]
environment = simpy.Environment()
done = 0


def wait(index):
    global done
    while True:
        yield environment.timeout(delays[index % len(delays)])
        index += 7919
        done += 1


for index in range(pending):
    environment.process(wait(index))
for _ in range(pending + operations // 5):
    environment.step()
before, start = done, time.process_time()
while done - before < operations:
    environment.step()
print(json.dumps({"perSecond": round(operations / (time.process_time() - start))}))
