internal import HoldfastHash

/// What admission's tables know of a user, a device, a network or a sale: 128 bits, of which the high half at least are a keyed
/// hash.
///
/// The key of the hash is random at each start, so nobody can choose ids that share a bucket; two ids of one start meet
/// with a chance of 2⁻¹²⁸. A key means nothing in another process and is never written down.
package struct AdmissionKey: Hashable, Sendable, BitwiseCopyable {
    package var high: UInt64
    package var low: UInt64

    @inline(__always)
    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// No such thing in this call: a service without a buyer's address, a buyer without a device. No hash gives it.
    package static let none = AdmissionKey(high: 0, low: 0)

    @inline(__always)
    package var isNone: Bool { self.high | self.low == 0 }

    /// The key of this within a scope (a user within a sale): as unpredictable as its parts.
    @inline(__always)
    package func scoped(by scope: AdmissionKey) -> AdmissionKey {
        // The parts are rotated, so that the order matters, and are never the same rotation of one hash.
        AdmissionKey(
            high: self.high ^ (scope.high &<< 23 | scope.high &>> 41),
            low: self.low ^ (scope.low &<< 41 | scope.low &>> 23)
        ).withoutNone
    }

    @inline(__always)
    fileprivate var withoutNone: AdmissionKey {
        self.isNone ? AdmissionKey(high: 0, low: 1) : self
    }
}

/// What a key is a hash of: the same bytes as a user and as a device are different keys.
package enum AdmissionKeyKind: UInt8, Sendable {
    case user = 1
    case device = 2
    /// An IPv4 address, or the /64 of an IPv6 address.
    case network = 3
    case sale = 4
    /// A request id: risk tells repetitions by it.
    case request = 5
}

/// Makes keys. A value: copy it to every thread.
package struct AdmissionHasher: Sendable, BitwiseCopyable {
    private let key0: UInt64
    private let key1: UInt64

    /// `key0` and `key1`: 128 random bits of this start; fixed ones in tests.
    package init(key0: UInt64, key1: UInt64) {
        self.key0 = key0
        self.key1 = key1
    }

    /// The hash of so many bytes of a kind, which both go into the first word: the same bytes of two kinds have nothing in common.
    @inline(__always)
    func begin(_ kind: AdmissionKeyKind, byteCount: Int) -> SipHash {
        var state = SipHash(key0: self.key0, key1: self.key1, width: .bits128)
        state.add(UInt64(kind.rawValue) &<< 56 | UInt64(truncatingIfNeeded: byteCount))
        return state
    }

    /// The key of an id, compared as bytes. No bytes: `AdmissionKey.none`.
    package func key(_ kind: AdmissionKeyKind, _ bytes: UnsafeRawBufferPointer) -> AdmissionKey {
        guard let base = bytes.baseAddress, bytes.count > 0 else { return .none }
        var state = self.begin(kind, byteCount: bytes.count)
        state.addWords(of: base, byteCount: bytes.count)
        let (high, low) = state.finish128()
        return AdmissionKey(high: high, low: low).withoutNone
    }

    /// The same, off the path of a request.
    package func key(_ kind: AdmissionKeyKind, _ text: String) -> AdmissionKey {
        var text = text
        return text.withUTF8 { self.key(kind, UnsafeRawBufferPointer($0)) }
    }

    /// The key under which an address is limited and counted: IPv4 alone, IPv6 by its /64, since a customer gets at least
    /// that many addresses. Its low half is that address itself, so no two share a key; its high half, by which tables choose
    /// a place, is a hash of it and of its kind.
    @inline(__always)
    package func key(_ address: NetworkAddress) -> AdmissionKey {
        let isIPv4 = address.isIPv4
        let word = UInt64(truncatingIfNeeded: isIPv4 ? address.bits : address.bits &>> 64)
        var state = self.begin(.network, byteCount: isIPv4 ? 4 : 8)
        state.add(word)
        return AdmissionKey(high: state.finish64(), low: word).withoutNone
    }
}
