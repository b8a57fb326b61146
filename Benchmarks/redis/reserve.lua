-- The usual flash-sale script: check the stock, check the buyer's limit, take the stock, remember the
-- buyer. One Redis command a purchase; Redis runs it alone, so it is atomic.
--
-- KEYS[1] stock of the product, KEYS[2] what this buyer has of it
-- ARGV[1] quantity, ARGV[2] limit a buyer
-- Answers what is left, -1 sold out, -2 over the limit.
local stock = tonumber(redis.call('GET', KEYS[1]) or '0')
local quantity = tonumber(ARGV[1])
if stock < quantity then
    return -1
end
local used = tonumber(redis.call('GET', KEYS[2]) or '0')
if used + quantity > tonumber(ARGV[2]) then
    return -2
end
redis.call('INCRBY', KEYS[2], quantity)
return redis.call('DECRBY', KEYS[1], quantity)
