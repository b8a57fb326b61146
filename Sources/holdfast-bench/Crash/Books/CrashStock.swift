import HoldfastClient

/// The sales that a run is played on: scarce stock, small limits, short holds, so that every outcome comes up.
enum CrashStock {
    /// Units of each product of the rush; limit a buyer.
    static let rushUnits = 24
    static let rushLimit = 2
    static let rushSale = "crash-rush"
    static let pauseSale = "crash-pause"
    static let leaseSales = ["crash-lease-a", "crash-lease-b"]
    /// Buyers with an imported purchase in `crash-a`.
    static let importedBuyers = 20
    static let importedUnits = 2

    static func rushProduct(_ round: Int) -> String { "rush-\(round)" }

    /// Sales that anybody reserves in, with the products of each.
    static let tradedProducts: [(sale: String, products: [String])] = [
        ("crash-a", ["p-0", "p-1", "p-2"]),
        ("crash-b", ["p-0", "p-1", "p-2"]),
        ("crash-scarce", ["p-0", "p-1", "p-2", "p-3"]),
        ("crash-lapse", ["p-0", "p-1"]),
        (Self.pauseSale, ["p-0"]),
    ]

    static func sales(nowMilliseconds now: Int, roundCount: Int) -> [Sale] {
        func sale(
            _ id: String, _ products: [Product], limit: Int = 0, purchases: [Purchase] = []
        ) -> Sale {
            Sale(
                saleID: id, name: "under attack", state: .open,
                startsAtMilliseconds: now - 60_000, endsAtMilliseconds: now + 7_200_000,
                currency: "EUR", holdMilliseconds: 2_000, limitPerUser: limit, products: products,
                purchases: purchases)
        }
        func products(_ count: Int, total: Int, limit: Int) -> [Product] {
            (0..<count).map {
                Product(
                    productID: "p-\($0)", total: total, name: "Product \($0)",
                    priceMinor: 1_000 + $0, limitPerUser: limit, state: .open)
            }
        }
        let imported = (0..<Self.importedBuyers).map {
            Purchase(
                userID: CrashBuyer.userID($0), productID: "p-0", quantity: Self.importedUnits)
        }
        let rush = (0...roundCount).map {
            Product(
                productID: Self.rushProduct($0), total: Self.rushUnits, priceMinor: 500,
                limitPerUser: Self.rushLimit, state: .open)
        }
        return [
            sale("crash-a", products(3, total: 300, limit: 6), limit: 8, purchases: imported),
            sale("crash-b", products(3, total: 200, limit: 0)),
            sale("crash-scarce", products(4, total: 12, limit: 2)),
            sale("crash-lapse", products(2, total: 60, limit: 0)),
            sale(Self.pauseSale, products(1, total: 500, limit: 0)),
            sale(Self.rushSale, rush),
        ] + Self.leaseSales.map { sale($0, products(1, total: 100, limit: 0)) }
    }
}

/// The buyers.
enum CrashBuyer {
    static func userID(_ number: Int) -> String { "buyer-\(number)" }

    static func client(_ number: Int) -> BuyerClient {
        BuyerClient(
            ip: "11.1.\(number >> 8 & 255).\(number & 255)", deviceID: "phone-\(number)",
            accountCreatedMilliseconds: 1_500_000_000_000)
    }
}
