internal import HoldfastEngine

/// One page of ListSales: the sales of all shards, merged by id in byte order.
enum SalesPage {
    /// At most `size` sales with ids after `token`, and whether there are more. One shard after the other is locked, so
    /// the page is not one moment's picture; a sale is in it or not, never torn.
    static func read(
        _ shards: ShardTable, after token: ByteView, size: Int
    ) -> (sales: [SaleSummary], hasMore: Bool) {
        precondition(size > 0)
        // One more than asked for tells whether there is another page.
        let wanted = size + 1
        let room = UnsafeMutablePointer<SaleSummary>.allocate(capacity: wanted)
        defer { room.deallocate() }
        var found: [SaleSummary] = []
        for shard in 0..<shards.count {
            let count = shards.saleSummaries(
                shard: shard, after: token, into: SummaryRoom(base: room, capacity: wanted))
            precondition(count <= wanted)
            found.append(contentsOf: UnsafeBufferPointer(start: room, count: count))
        }
        found.sort { $0.saleID.precedes($1.saleID) }
        return (Array(found.prefix(size)), found.count > size)
    }
}
