/// A protocol enum that keeps numbers it does not know, so that a newer server never breaks an older client.
public protocol WireEnum: Hashable, Sendable, CustomStringConvertible {
    /// Names begin with this in the protocol, like `RESERVE_OUTCOME_`.
    static var namePrefix: String { get }
    /// Every known value with its short name; the index is the protocol's number.
    static var known: [(value: Self, name: String)] { get }
    /// Keeps a number that this version does not know.
    static func unrecognized(_ number: Int32) -> Self
    /// The number in the protocol.
    var number: Int32 { get }
}

extension WireEnum {
    /// The value with this number; `unrecognized` when this version does not know it.
    public init(number: Int32) {
        let known = Self.known
        if number >= 0 && Int(number) < known.count {
            self = known[Int(number)].value
        } else {
            self = .unrecognized(number)
        }
    }

    /// The value with this name, short (`SOLD_OUT`) or as in the protocol (`RESERVE_OUTCOME_SOLD_OUT`), in any case;
    /// nil if this version knows none.
    public init?(name: String) {
        let asked = name.uppercased()
        let match = Self.known.first {
            $0.name == asked || Self.namePrefix + $0.name == asked
        }
        guard let match else { return nil }
        self = match.value
    }

    /// The short name, like `SOLD_OUT`; `UNRECOGNIZED_99` for a number that this version does not know.
    public var name: String {
        let known = Self.known
        return self.number >= 0 && Int(self.number) < known.count
            ? known[Int(self.number)].name : "UNRECOGNIZED_\(self.number)"
    }

    /// The name in the protocol, like `RESERVE_OUTCOME_SOLD_OUT`.
    public var protocolName: String { Self.namePrefix + self.name }

    /// The short name.
    public var description: String { self.name }
}
