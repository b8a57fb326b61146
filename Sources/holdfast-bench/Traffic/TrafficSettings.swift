/// Who asks for what.
struct TrafficSettings: Sendable {
    /// Buyers are drawn from this many, each with an address and a device of its own.
    var buyerCount: UInt64
    /// Sales are `salePrefix` + 1 … saleCount, each with products `productPrefix` + 1 … productCount.
    var salePrefix: String
    var saleCount: Int
    var productPrefix: String
    var productCount: Int
    var quantity: Int64
    /// 0 takes the sale's own.
    var holdMilliseconds: Int64
    var seed: UInt64

    /// Sales times products, since each pair has a template.
    static let pairCountMax = 65_536
    static let buyerCountMax: UInt64 = 10_000_000_000
}
