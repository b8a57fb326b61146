import CHoldfastProto
import CProtobufC

/// Which methods a load sends, and how often each: weights, of which only the ratios count.
struct MethodMix: Sendable, Equatable {
    /// The methods that a mix may name, by their numbers in the protocol.
    enum Method: UInt16, CaseIterable, Sendable {
        case reserve = 1
        case confirm = 2
        case cancel = 3
        case get = 6
    }

    static let weightMax: UInt64 = 1_000_000

    private(set) var weights: [Method: UInt64]
    private let total: UInt64

    /// Reads `reserve=70,confirm=15,cancel=5,get=10`. Throws a `LoadError` that says what is wrong with it.
    init(_ text: String) throws(LoadError) {
        var weights: [Method: UInt64] = [:]
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let sides = part.split(separator: "=", omittingEmptySubsequences: false)
            guard sides.count == 2,
                let method = Method.allCases.first(where: { $0.title.lowercased() == sides[0] })
            else {
                throw LoadError(
                    "\"\(part)\" is not one of reserve, confirm, cancel, get with =WEIGHT")
            }
            guard weights[method] == nil else { throw LoadError("\(sides[0]) is there twice") }
            guard let weight = UInt64(sides[1]), weight <= Self.weightMax else {
                throw LoadError(
                    "the weight of \(sides[0]) must be a number from 0 to \(Self.weightMax)")
            }
            weights[method] = weight
        }
        guard (weights[.reserve] ?? 0) > 0 else {
            throw LoadError("reserve needs a weight: the others use what it was granted")
        }
        self.weights = weights
        self.total = weights.values.reduce(0, +)
    }

    var isReserveOnly: Bool { self.weights[.reserve] == self.total }

    /// Draws a method.
    func method(_ random: inout RandomSource) -> Method {
        var point = random.next(below: self.total)
        for method in Method.allCases {
            let weight = self.weights[method] ?? 0
            if point < weight { return method }
            point -= weight
        }
        preconditionFailure("the point is below the sum of all weights")
    }
}

extension MethodMix.Method {
    var title: String {
        switch self {
        case .reserve: "Reserve"
        case .confirm: "Confirm"
        case .cancel: "Cancel"
        case .get: "Get"
        }
    }

    /// The short name of an outcome of this method, like `SOLD_OUT`.
    func outcomeName(_ number: Int) -> String {
        let (prefix, text): (String, String?) =
            switch self {
            case .reserve:
                ("RESERVE_OUTCOME_", Self.name(holdfast__v1__reserve_outcome__descriptor, number))
            case .confirm:
                ("CONFIRM_OUTCOME_", Self.name(holdfast__v1__confirm_outcome__descriptor, number))
            case .cancel:
                ("CANCEL_OUTCOME_", Self.name(holdfast__v1__cancel_outcome__descriptor, number))
            case .get:
                (
                    "GET_RESERVATION_OUTCOME_",
                    Self.name(holdfast__v1__get_reservation_outcome__descriptor, number)
                )
            }
        guard let text else { return "OUTCOME_\(number)" }
        return text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : text
    }

    private static func name(_ descriptor: ProtobufCEnumDescriptor, _ number: Int) -> String? {
        withUnsafePointer(to: descriptor) {
            protobuf_c_enum_descriptor_get_value($0, Int32(number))?.pointee.name
                .map { String(cString: $0) }
        }
    }
}
