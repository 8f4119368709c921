-- A payment with a key of its own between two of 1,000 accounts. The run's name comes from the command line.
local thread_number = 0
function setup(thread)
  thread:set("number", thread_number)
  thread_number = thread_number + 1
end

function init(args)
  run = args[1]
  count = 0
  math.randomseed(number + 1)
  headers = { ["content-type"] = "application/json" }
end

function request()
  count = count + 1
  headers["idempotency-key"] = run .. "-" .. number .. "-" .. count
  local debtor = math.random(1, 1000)
  local creditor = (debtor + math.random(1, 999) - 1) % 1000 + 1
  local body = '{"amount":' .. math.random(1, 100000) .. ',"currency":"NOK","debtorAccount":"customer-' .. debtor
    .. '","creditorAccount":"customer-' .. creditor .. '","capture":true}'
  return wrk.format("POST", "/payments", headers, body)
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format('RESULT {"requests":%d,"durationUs":%d,"errors":%d,"p50Us":%d,"p99Us":%d}\n', summary.requests,
    summary.duration, e.connect + e.read + e.write + e.status + e.timeout, latency:percentile(50), latency:percentile(99)))
end
