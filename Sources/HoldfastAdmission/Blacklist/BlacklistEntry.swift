/// What an entry bars: a buyer or a device by its id's bytes, or addresses by range (one address is a range of one).
package enum BlacklistValue: Hashable, Sendable {
    case user([UInt8])
    case device([UInt8])
    case network(NetworkRange)

    package static func user(_ text: String) -> BlacklistValue { .user(Array(text.utf8)) }
    package static func device(_ text: String) -> BlacklistValue { .device(Array(text.utf8)) }

    package var kind: BlacklistKind {
        switch self {
        case .user: .user
        case .device: .device
        case .network: .network
        }
    }
}

extension BlacklistValue: CustomStringConvertible {
    /// The id, or `address/length`.
    package var description: String {
        switch self {
        case .user(let bytes), .device(let bytes): String(decoding: bytes, as: UTF8.self)
        case .network(let range): range.description
        }
    }
}

/// Numbers are written to the journal: append-only.
package enum BlacklistKind: UInt8, Sendable, CaseIterable, BitwiseCopyable {
    case user = 1
    case device = 2
    case network = 3
}

/// One entry of the blacklist, with who put it there and why.
package struct BlacklistEntry: Hashable, Sendable {
    package static let idBytesMax = 64
    package static let reasonBytesMax = 256
    package static let operatorBytesMax = 64
    package static let sourceBytesMax = 64

    /// Grows with each entry ever added; the order of lists. 0: not added yet.
    package var id: UInt64
    package var value: BlacklistValue
    /// Unix milliseconds; nil: for good. Lapsed when now ≥ this.
    package var expiresMilliseconds: Int64?
    package var createdMilliseconds: Int64
    package var reason: String
    /// Who: the name in an operator's certificate, or a rule's id.
    package var operatorName: String
    /// Where from: "holdfastctl", "import", "scalper".
    package var source: String

    package init(
        id: UInt64 = 0, value: BlacklistValue, expiresMilliseconds: Int64? = nil,
        createdMilliseconds: Int64, reason: String, operatorName: String, source: String
    ) {
        self.id = id
        self.value = value
        self.expiresMilliseconds = expiresMilliseconds
        self.createdMilliseconds = createdMilliseconds
        self.reason = reason
        self.operatorName = operatorName
        self.source = source
    }

    @inline(__always)
    package func isLapsed(at now: Int64) -> Bool {
        self.expiresMilliseconds.map { now >= $0 } ?? false
    }

    /// Whether this lasts at least as long as `other`.
    package func lasts(asLongAs other: BlacklistEntry) -> Bool {
        guard let own = self.expiresMilliseconds else { return true }
        guard let others = other.expiresMilliseconds else { return false }
        return own >= others
    }

    /// Whether all parts are within their bounds.
    package func check() throws(BlacklistError) {
        switch self.value {
        case .user(let bytes), .device(let bytes):
            guard !bytes.isEmpty else { throw .invalid("an id must not be empty") }
            try Self.check("the id", bytes, Self.idBytesMax)
        case .network: break
        }
        try Self.check("reason", Array(self.reason.utf8), Self.reasonBytesMax)
        try Self.check("operator", Array(self.operatorName.utf8), Self.operatorBytesMax)
        try Self.check("source", Array(self.source.utf8), Self.sourceBytesMax)
        if let expires = self.expiresMilliseconds, expires <= 0 || expires == .max {
            throw .invalid("expires must be a time in Unix milliseconds")
        }
        if self.createdMilliseconds < 0 {
            throw .invalid("created must be a time in Unix milliseconds")
        }
    }

    private static func check(
        _ name: String, _ bytes: [UInt8], _ byteCountMax: Int
    ) throws(BlacklistError) {
        guard bytes.count <= byteCountMax else {
            throw .invalid("\(name) has \(bytes.count) bytes; at most \(byteCountMax) are possible")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .invalid("\(name) is not UTF-8")
        }
        for scalar in text.unicodeScalars
        where scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value) {
            throw .invalid("\(name) holds a control character")
        }
    }
}

package enum BlacklistError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A part of an entry is out of bounds: which, and what is possible.
    case invalid(String)
    /// Bytes that are no entry: what is wrong, and at which byte.
    case malformed(String, byteOffset: Int)
    /// All room is taken by entries that have not lapsed.
    case full(entryCountMax: Int)
    /// An entry of a journal or snapshot whose id is not larger than the last one's.
    case idNotGrowing(id: UInt64, last: UInt64)

    package var description: String {
        switch self {
        case .invalid(let what): what
        case .malformed(let what, let offset): "no blacklist entry: \(what) at byte \(offset)"
        case .full(let most):
            "the blacklist is full (\(most) entries): remove some, or raise its capacity"
        case .idNotGrowing(let id, let last):
            "blacklist entry \(id) follows entry \(last): ids must grow"
        }
    }
}
