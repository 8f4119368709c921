wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"amount":"1999","currency":"EUR","reference":"' .. string.rep("x", 251) .. '"}'
