/// The invariants of RULES 4, recomputed from the records alone.
extension Shard {
    /// One sentence for each invariant that does not hold. Looks at everything: for tests, simulation and an operator's check.
    package mutating func checkInvariants() -> [String] {
        var problems: [String] = []
        let products = Int(self.products.end)
        var held = [Int64](repeating: 0, count: products)
        var sold = [Int64](repeating: 0, count: products)
        var liveLines = [UInt32](repeating: 0, count: products)
        var saleLive = [Int64](repeating: 0, count: Int(self.sales.end))
        var buyerUsed = [Int64](repeating: 0, count: Int(self.buyers.end))
        var buyerLive = [Int](repeating: 0, count: Int(self.buyers.end))
        var live: Int64 = 0

        var slot: UInt32 = 1
        while slot < self.holds.end {
            let hold = self.holds[slot]
            let isLive = hold.pointee.state == .held
            if isLive {
                live += 1
                saleLive[Int(hold.pointee.sale)] += 1
                buyerLive[Int(hold.pointee.buyer)] += 1
            }
            for index in 0..<hold.pointee.lineCount {
                let line = self.lines[hold.pointee.firstLine + UInt32(index)]
                let product = Int(line.pointee.product)
                let quantity = line.pointee.quantity
                if line.pointee.hold != slot {
                    problems.append("a line of reservation slot \(slot) names another one")
                }
                if quantity + line.pointee.refunded > line.pointee.granted {
                    problems.append("reservation slot \(slot) has more than was granted")
                }
                if isLive {
                    held[product] += quantity
                    buyerUsed[Int(hold.pointee.buyer)] += quantity
                    if quantity > 0 { liveLines[product] += 1 }
                } else if hold.pointee.state == .confirmed {
                    sold[product] += quantity
                    buyerUsed[Int(hold.pointee.buyer)] += quantity
                }
                if (line.pointee.queue != DeadlineQueue.none) != (isLive && quantity > 0) {
                    problems.append("a line of reservation slot \(slot) is in the wrong queue")
                }
            }
            slot += 1
        }
        if live != self.liveHolds {
            problems.append("\(live) live holds are counted as \(self.liveHolds)")
        }
        self.checkProducts(held, sold, liveLines, &problems)
        self.checkBuyers(buyerUsed, buyerLive, &problems)
        self.checkSales(saleLive, &problems)
        self.checkLeases(&problems)
        self.checkBlacklist(&problems)
        return problems
    }

    private mutating func checkProducts(
        _ held: [Int64], _ sold: [Int64], _ liveLines: [UInt32], _ problems: inout [String]
    ) {
        var slot: UInt32 = 1
        while slot < self.products.end {
            let product = self.products[slot]
            let name = String(decoding: ProductRecord.id(product).buffer, as: UTF8.self)
            let stock = product.pointee
            if stock.total != stock.available + stock.held + stock.sold {
                problems.append(
                    "\(name): total \(stock.total) is not \(stock.available) available + "
                        + "\(stock.held) held + \(stock.sold) sold")
            }
            if stock.available < 0 || stock.held < 0 || stock.sold < 0 {
                problems.append("\(name): a count is negative")
            }
            if stock.held != held[Int(slot)] {
                problems.append("\(name): holds add up to \(held[Int(slot)]), not \(stock.held)")
            }
            if stock.sold != sold[Int(slot)] {
                problems.append("\(name): sales add up to \(sold[Int(slot)]), not \(stock.sold)")
            }
            if stock.queues.lineCount != liveLines[Int(slot)] {
                problems.append("\(name): its queues do not have its live lines")
            }
            let earliest = self.earliestLine(of: slot)
            let least = earliest == 0 ? Int64.max : self.deadline(ofLine: earliest)
            if (stock.heapPosition == 0) != (earliest == 0)
                || (earliest != 0 && stock.queues.earliest != least)
            {
                problems.append("\(name): its earliest deadline is wrong")
            }
            let position = Int(stock.heapPosition)
            if position > 0 && self.productHeap[position] != slot {
                problems.append("\(name): its place in the heap is another's")
            }
            if position > 1 {
                let parent = self.products[self.productHeap[position / 2]]
                if parent.pointee.queues.earliest > stock.queues.earliest {
                    problems.append("\(name): it stands below a later product")
                }
            }
            slot += 1
        }
    }

    private mutating func checkBuyers(
        _ used: [Int64], _ live: [Int], _ problems: inout [String]
    ) {
        var slot: UInt32 = 1
        while slot < self.buyers.end {
            let buyer = self.buyers[slot]
            let name = String(decoding: BuyerRecord.id(buyer).buffer, as: UTF8.self)
            var sum = buyer.pointee.product == 0 ? 0 : Int64(buyer.pointee.used)
            var imported: Int64 = 0
            var entry = buyer.pointee.entries
            while entry != 0 {
                let limit = self.limitEntries[entry]
                sum += Int64(limit.pointee.used)
                imported += Int64(limit.pointee.imported)
                entry = limit.pointee.next
            }
            if sum != used[Int(slot)] {
                problems.append(
                    "buyer \(name): used \(sum), but holds and sales are \(used[Int(slot)])")
            }
            if Int64(buyer.pointee.saleUsed) != sum + imported {
                problems.append("buyer \(name): the sale-wide count is wrong")
            }
            var chained = 0
            var hold = buyer.pointee.firstHold
            var previous: UInt32 = 0
            while hold != 0 {
                chained += 1
                let record = self.holds[hold]
                if record.pointee.buyer != slot || record.pointee.state != .held
                    || record.pointee.buyerPrevious != previous
                {
                    problems.append("buyer \(name): the chain of live holds is broken")
                    break
                }
                previous = hold
                hold = record.pointee.buyerNext
            }
            if chained != live[Int(slot)] {
                problems.append(
                    "buyer \(name): \(live[Int(slot)]) live holds, \(chained) in the chain")
            }
            slot += 1
        }
    }

    private mutating func checkLeases(_ problems: inout [String]) {
        var held = 0
        var slot: UInt32 = 1
        while slot < self.leases.end {
            let lease = self.leases[slot]
            let position = Int(lease.pointee.heapPosition)
            if position > 0 {
                held += 1
                if self.leaseHeap[position] != slot
                    || (position > 1
                        && self.leases[self.leaseHeap[position / 2]].pointee.deadline
                            > lease.pointee.deadline)
                {
                    problems.append("lease slot \(slot) has a wrong place in the heap")
                }
                let sale = lease.pointee.sale
                if sale != 0 && self.sales[sale].pointee.lease != slot {
                    problems.append("lease slot \(slot) is not the lease of its sale")
                }
                if lease.pointee.fencingToken > self.fencingCounter {
                    problems.append("lease slot \(slot) has a token that was never granted")
                }
            }
            slot += 1
        }
        var free = 0
        var next = self.freeLease
        while next != 0 && free <= self.leases.count {
            free += 1
            next = self.leases[next].pointee.nextFree
        }
        if held + free != self.leases.count || held != self.leaseHeap.count - 1 {
            problems.append("\(held) leases and \(free) free slots are not all there are")
        }
    }

    private mutating func checkSales(_ live: [Int64], _ problems: inout [String]) {
        var slot: UInt32 = 1
        while slot < self.sales.end {
            let sale = self.sales[slot]
            let name = String(decoding: SaleRecord.id(sale).buffer, as: UTF8.self)
            if sale.pointee.liveHolds != live[Int(slot)] {
                problems.append("sale \(name): live holds are miscounted")
            }
            var units: Int64 = 0
            var count: UInt32 = 0
            var product = sale.pointee.firstProduct
            while product != 0 {
                units += self.products[product].pointee.total
                count += 1
                product = self.products[product].pointee.nextInSale
            }
            if units != sale.pointee.units || count != sale.pointee.productCount {
                problems.append("sale \(name): units or products are miscounted")
            }
            slot += 1
        }
    }
}
