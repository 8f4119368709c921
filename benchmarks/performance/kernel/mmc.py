"""M/M/c in SimPy, load 0.9, with its own Resource."""
import random, sys, time, json, simpy

servers, customers = int(sys.argv[1]), int(sys.argv[2])
chance = random.Random(1)
service = 10000.0
between = service / (0.9 * servers)
environment = simpy.Environment()
counter = simpy.Resource(environment, capacity=servers)
waited = 0.0


def customer():
    global waited
    arrived = environment.now
    with counter.request() as request:
        yield request
        waited += environment.now - arrived
        yield environment.timeout(chance.expovariate(1 / service))


def arrivals():
    for _ in range(customers):
        yield environment.timeout(chance.expovariate(1 / between))
        environment.process(customer())


start = time.process_time()
environment.process(arrivals())
environment.run()
seconds = time.process_time() - start
print(json.dumps({"perSecond": round(customers / seconds), "meanWait": waited / customers / service}))
