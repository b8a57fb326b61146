internal import FoundationEssentials

/// A sale as a JSON file has it: the names of RULES 6, which are those of the proto message.
package struct SaleFile: Decodable, Sendable {
    package struct Product: Decodable, Sendable {
        package var productID: String
        package var name: String
        package var total: Int64
        package var priceMinor: Int64
        package var limitPerUser: Int64
        package var state: UInt32

        private enum Key: String, CodingKey, CaseIterable {
            case productID = "product_id"
            case name, total
            case priceMinor = "price_minor"
            case limitPerUser = "limit_per_user"
            case state
        }

        package init(from decoder: any Decoder) throws {
            try AnyKey.check(decoder, known: Key.allCases.map(\.rawValue))
            let values = try decoder.container(keyedBy: Key.self)
            self.productID = try values.decode(String.self, forKey: .productID)
            self.name = try values.decodeIfPresent(String.self, forKey: .name) ?? ""
            self.total = try AnyKey.neededInteger(values, .total)
            self.priceMinor = try AnyKey.integer(values, .priceMinor) ?? 0
            self.limitPerUser = try AnyKey.integer(values, .limitPerUser) ?? 0
            self.state = try AnyKey.state(
                values.decodeIfPresent(String.self, forKey: .state), ["OPEN", "PAUSED"],
                prefix: "PRODUCT_STATE_", decoder)
        }
    }

    package struct Purchase: Decodable, Sendable {
        package var userID: String
        package var productID: String
        package var quantity: Int64
        package var orderReference: String

        private enum Key: String, CodingKey, CaseIterable {
            case userID = "user_id"
            case productID = "product_id"
            case quantity
            case orderReference = "order_ref"
        }

        package init(from decoder: any Decoder) throws {
            try AnyKey.check(decoder, known: Key.allCases.map(\.rawValue))
            let values = try decoder.container(keyedBy: Key.self)
            self.userID = try values.decode(String.self, forKey: .userID)
            self.productID = try values.decode(String.self, forKey: .productID)
            self.quantity = try AnyKey.neededInteger(values, .quantity)
            self.orderReference =
                try values.decodeIfPresent(String.self, forKey: .orderReference) ?? ""
        }
    }

    package var saleID: String
    package var name: String
    package var state: UInt32
    package var startsAtMilliseconds: Int64
    package var endsAtMilliseconds: Int64
    package var currency: String
    package var holdMilliseconds: Int64
    package var limitPerUser: Int64
    package var products: [Product]
    package var purchases: [Purchase]

    private enum Key: String, CodingKey, CaseIterable {
        case saleID = "sale_id"
        case name, state
        case startsAtMilliseconds = "starts_at_ms"
        case endsAtMilliseconds = "ends_at_ms"
        case currency
        case holdMilliseconds = "hold_ms"
        case limitPerUser = "limit_per_user"
        case products, purchases
    }

    package init(from decoder: any Decoder) throws {
        try AnyKey.check(decoder, known: Key.allCases.map(\.rawValue))
        let values = try decoder.container(keyedBy: Key.self)
        self.saleID = try values.decode(String.self, forKey: .saleID)
        self.name = try values.decodeIfPresent(String.self, forKey: .name) ?? ""
        self.state = try AnyKey.state(
            values.decodeIfPresent(String.self, forKey: .state), ["OPEN", "PAUSED", "CLOSED"],
            prefix: "SALE_STATE_", decoder)
        self.startsAtMilliseconds = try AnyKey.neededInteger(values, .startsAtMilliseconds)
        self.endsAtMilliseconds = try AnyKey.neededInteger(values, .endsAtMilliseconds)
        self.currency = try values.decode(String.self, forKey: .currency)
        self.holdMilliseconds =
            try AnyKey.integer(values, .holdMilliseconds) ?? 0
        self.limitPerUser = try AnyKey.integer(values, .limitPerUser) ?? 0
        self.products = try values.decode([Product].self, forKey: .products)
        self.purchases = try values.decodeIfPresent([Purchase].self, forKey: .purchases) ?? []
    }

    /// Parses a file's bytes; the message of a failure names the place.
    package static func parse(_ bytes: [UInt8]) throws(Malformed) -> SaleFile {
        do {
            return try JSONDecoder().decode(SaleFile.self, from: Data(bytes))
        } catch let error as DecodingError {
            throw Malformed(message: Self.words(for: error))
        } catch {
            throw Malformed(message: "\(error)")
        }
    }

    package struct Malformed: Error, Sendable {
        package let message: String
    }

    private static func words(for error: DecodingError) -> String {
        switch error {
        case .keyNotFound(let key, let context):
            "\(Self.path(context.codingPath + [key])) is missing"
        case .typeMismatch(let type, let context):
            "\(Self.path(context.codingPath)) must be \(type == String.self ? "text" : "\(type)")"
        case .valueNotFound(_, let context):
            "\(Self.path(context.codingPath)) must not be null"
        case .dataCorrupted(let context):
            context.codingPath.isEmpty
                ? "no valid JSON: \(context.debugDescription)"
                : "\(Self.path(context.codingPath)): \(context.debugDescription)"
        @unknown default: "\(error)"
        }
    }

    private static func path(_ keys: [any CodingKey]) -> String {
        var path = ""
        for key in keys {
            if let index = key.intValue {
                path += "[\(index)]"
            } else {
                path += path.isEmpty ? key.stringValue : ".\(key.stringValue)"
            }
        }
        return path.isEmpty ? "the file" : path
    }
}

/// Any name in an object, to find those that nobody knows.
private struct AnyKey: CodingKey {
    let stringValue: String
    let intValue: Int? = nil

    init?(stringValue: String) { self.stringValue = stringValue }

    init?(intValue: Int) { nil }

    /// A field that nobody reads is a slip, not a wish.
    static func check(_ decoder: any Decoder, known: [String]) throws {
        for key in try decoder.container(keyedBy: AnyKey.self).allKeys.map(\.stringValue).sorted()
        where !known.contains(key) {
            let advice =
                NearestName.find(key, among: known).map { "did you mean \($0)?" }
                ?? "known: \(known.joined(separator: ", "))"
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath + [AnyKey(stringValue: key)].compactMap { $0 },
                    debugDescription: "unknown field; \(advice)"))
        }
    }

    /// A whole number, nil when the field is absent. The decoder's own words for 1.5 would be "no valid JSON".
    static func integer<Key: CodingKey>(
        _ values: KeyedDecodingContainer<Key>, _ key: Key
    ) throws -> Int64? {
        do {
            return try values.decodeIfPresent(Int64.self, forKey: key)
        } catch {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: values.codingPath + [key],
                    debugDescription: "must be a whole number"))
        }
    }

    static func neededInteger<Key: CodingKey>(
        _ values: KeyedDecodingContainer<Key>, _ key: Key
    ) throws -> Int64 {
        guard let value = try self.integer(values, key) else {
            throw DecodingError.keyNotFound(
                key, .init(codingPath: values.codingPath, debugDescription: "missing"))
        }
        return value
    }

    /// The number of a state's name, with or without the proto prefix; 0: absent.
    static func state(
        _ text: String?, _ names: [String], prefix: String, _ decoder: any Decoder
    ) throws -> UInt32 {
        guard let text else { return 0 }
        let short = text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : text
        guard let index = names.firstIndex(of: short) else {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath
                        + [AnyKey(stringValue: "state")].compactMap { $0 },
                    debugDescription: "must be \(names.joined(separator: ", ")) or absent"))
        }
        return UInt32(index + 1)
    }
}
