// Preload: load a sale, products and earlier purchases, in chunks.

/// One numbered chunk of an import. The last one carries `commit`.
public struct PreloadRequest: Sendable, Hashable {
    /// 16 bytes that name the import, made by the caller.
    public var importID: RequestID
    /// 0, 1, 2, …
    public var chunk: Int
    /// Chunk 0 carries the sale's configuration; every chunk carries the sale id and its
    /// own products and purchases.
    public var sale: Sale
    /// Present in the last chunk.
    public var commit: PreloadCommit?
    /// Full check of this chunk alone, nothing changes.
    public var validateOnly: Bool
    /// The caller's lease of the sale, if it has one.
    public var lease: LeaseProof?

    /// Makes one; the fields are described above.
    public init(
        importID: RequestID, chunk: Int, sale: Sale, commit: PreloadCommit? = nil,
        validateOnly: Bool = false, lease: LeaseProof? = nil
    ) {
        self.importID = importID
        self.chunk = chunk
        self.sale = sale
        self.commit = commit
        self.validateOnly = validateOnly
        self.lease = lease
    }
}

/// What the whole import must add up to.
public struct PreloadCommit: Sendable, Hashable {
    /// Chunks, this one included.
    public var chunkCount: Int
    /// Products in all chunks.
    public var productCount: Int
    /// Purchases in all chunks.
    public var purchaseCount: Int
    /// CRC-32 (IEEE, as in zlib) of the rows' canonical text; see docs/PROTOCOL.md.
    public var checksum: Int

    /// Makes one; the fields are described above.
    public init(
        chunkCount: Int, productCount: Int, purchaseCount: Int, checksum: Int
    ) {
        self.chunkCount = chunkCount
        self.productCount = productCount
        self.purchaseCount = purchaseCount
        self.checksum = checksum
    }
}

/// The answer to a Preload chunk.
public struct PreloadResponse: Sendable, Hashable {
    /// What became of it.
    public var outcome: PreloadOutcome
    /// The chunk was known.
    public var replayed: Bool
    /// Products that the import added.
    public var productsAdded: Int
    /// Products that the import found there; their stock was left alone.
    public var productsUpdated: Int
    /// Purchases set.
    public var purchasesSet: Int
    /// Refused rows, 100 at most.
    public var rejects: [PreloadReject]

    /// Makes one; the fields are described above.
    public init(
        outcome: PreloadOutcome = .unspecified, replayed: Bool = false, productsAdded: Int = 0,
        productsUpdated: Int = 0, purchasesSet: Int = 0, rejects: [PreloadReject] = []
    ) {
        self.outcome = outcome
        self.replayed = replayed
        self.productsAdded = productsAdded
        self.productsUpdated = productsUpdated
        self.purchasesSet = purchasesSet
        self.rejects = rejects
    }
}

/// One refused row.
public struct PreloadReject: Sendable, Hashable {
    /// Path of the field, like `sale.products[3].total`.
    public var field: String
    /// What it must be.
    public var description: String

    /// Makes one; the fields are described above.
    public init(
        field: String = "", description: String = ""
    ) {
        self.field = field
        self.description = description
    }
}

/// What became of a Preload chunk.
public enum PreloadOutcome: WireEnum {
    /// Not decided.
    case unspecified
    /// The chunk is staged; nothing is visible yet.
    case staged
    /// The import is complete and visible.
    case committed
    /// A full check passed; nothing changed.
    case valid
    /// Rows were refused; see `rejects`. Nothing changed.
    case rejected
    /// A number that this version of the client does not know.
    case unrecognized(Int32)

    /// Names begin with this in the protocol.
    public static let namePrefix = "PRELOAD_OUTCOME_"
    /// Every known value with its short name, by number.
    public static let known: [(value: Self, name: String)] = [
        (.unspecified, "UNSPECIFIED"),
        (.staged, "STAGED"),
        (.committed, "COMMITTED"),
        (.valid, "VALID"),
        (.rejected, "REJECTED"),
    ]

    /// The number in the protocol.
    public var number: Int32 {
        switch self {
        case .unspecified: 0
        case .staged: 1
        case .committed: 2
        case .valid: 3
        case .rejected: 4
        case .unrecognized(let number): number
        }
    }
}
