/// Who may not buy, as the control shard keeps it: entries with an end, a reason, who put them there and from where. The
/// engine stores, replaces and lets lapse; whom an entry bars is admission's business, so that a value is bytes here.

/// What an entry names. Numbers go to disk.
package enum BlacklistRowKind: UInt8, Sendable, CaseIterable {
    case user = 1
    case device = 2
    /// A range of addresses as text, the one way of writing it that the caller has chosen: `203.0.113.0/24`.
    case network = 3
}

/// One entry without its id. Views: into the call's memory, or into the shard's until its next change.
package struct BlacklistRow {
    package var kind: BlacklistRowKind
    /// 1…64 bytes.
    package var value: ByteView
    /// Unix milliseconds; 0: for good. Lapsed when now ≥ this.
    package var expiresMilliseconds: Int64
    /// Unix milliseconds; set by the shard.
    package var createdMilliseconds: Int64 = 0
    /// At most 256 bytes.
    package var reason: ByteView
    /// Who, at most 128 bytes; set by the shard from the command.
    package var operatorName: ByteView = .empty
    /// Where from, at most 64 bytes.
    package var source: ByteView

    package init(
        kind: BlacklistRowKind, value: ByteView, expiresMilliseconds: Int64, reason: ByteView,
        source: ByteView
    ) {
        self.kind = kind
        self.value = value
        self.expiresMilliseconds = expiresMilliseconds
        self.reason = reason
        self.source = source
    }

    func isLapsed(at now: Int64) -> Bool {
        self.expiresMilliseconds != 0 && self.expiresMilliseconds <= now
    }
}

/// An entry by id, or with id 0 by what it names.
package struct BlacklistTarget {
    package var id: UInt64
    package var kind: BlacklistRowKind
    package var value: ByteView

    package init(id: UInt64) {
        self.id = id
        self.kind = .user
        self.value = .empty
    }

    package init(kind: BlacklistRowKind, value: ByteView) {
        self.id = 0
        self.kind = kind
        self.value = value
    }
}

/// What became of one entry. Numbers are the wire's.
package enum BlacklistItemResult: UInt8, Sendable {
    case added = 1
    /// Added, and the entry of the same value is gone for it.
    case replaced = 2
    /// Its end had passed: nothing was added.
    case lapsed = 3
    case removed = 4
    case notFound = 5
}

/// One line of an answer.
package struct BlacklistItem {
    package var result: BlacklistItemResult
    /// 0: there is none.
    package var id: UInt64 = 0
    /// The entry that this one replaced; 0: none.
    package var replacedID: UInt64 = 0
    /// `row` is filled: the entry that was replaced or removed, or that a list shows.
    package var hasRow = false
    package var row: BlacklistRow

    package init(result: BlacklistItemResult) {
        self.result = result
        self.row = BlacklistRow(
            kind: .user, value: .empty, expiresMilliseconds: 0, reason: .empty, source: .empty)
    }
}

/// Room for an answer's lines and their texts, given by the caller.
package struct BlacklistRoom {
    /// As many as the command has rows or targets; for a list `rowsMax`.
    package var items: UnsafeMutablePointer<BlacklistItem>
    /// `EngineLimits.blacklistRowBytesMax` for each item.
    package var text: UnsafeMutablePointer<UInt8>

    package init(
        items: UnsafeMutablePointer<BlacklistItem>, text: UnsafeMutablePointer<UInt8>
    ) {
        self.items = items
        self.text = text
    }
}

/// All rows or, when the call is refused, none. A value that is listed already is replaced.
package struct BlacklistAddCommand {
    package var requestID: RequestID
    /// 1…100.
    package var rows: UnsafeBufferPointer<BlacklistRow>
    package var operatorName: ByteView
    package var validateOnly: Bool
    /// The caller knows that a range is wide. For whoever lets the call in; no part of its payload.
    package var confirmsWide: Bool
    package var room: BlacklistRoom

    package init(
        requestID: RequestID, rows: UnsafeBufferPointer<BlacklistRow>, operatorName: ByteView,
        validateOnly: Bool, confirmsWide: Bool, room: BlacklistRoom
    ) {
        self.requestID = requestID
        self.rows = rows
        self.operatorName = operatorName
        self.validateOnly = validateOnly
        self.confirmsWide = confirmsWide
        self.room = room
    }
}

/// Takes out what is there; what is not is said so and bars nothing.
package struct BlacklistRemoveCommand {
    package var requestID: RequestID
    /// 1…100.
    package var targets: UnsafeBufferPointer<BlacklistTarget>
    package var operatorName: ByteView
    package var validateOnly: Bool
    package var room: BlacklistRoom

    package init(
        requestID: RequestID, targets: UnsafeBufferPointer<BlacklistTarget>,
        operatorName: ByteView, validateOnly: Bool, room: BlacklistRoom
    ) {
        self.requestID = requestID
        self.targets = targets
        self.operatorName = operatorName
        self.validateOnly = validateOnly
        self.room = room
    }
}

/// Entries that have not lapsed: in the order of their ids, or those of the values that are asked for.
package struct BlacklistListCommand {
    package var afterID: UInt64
    /// Nil: all.
    package var kind: BlacklistRowKind?
    /// Empty: a list. Else at most `rowsMax`: only the entries of these values.
    package var values: UnsafeBufferPointer<BlacklistTarget>
    package var rowsMax: Int
    package var room: BlacklistRoom

    package init(
        afterID: UInt64, kind: BlacklistRowKind?, values: UnsafeBufferPointer<BlacklistTarget>,
        rowsMax: Int, room: BlacklistRoom
    ) {
        self.afterID = afterID
        self.kind = kind
        self.values = values
        self.rowsMax = rowsMax
        self.room = room
    }
}

/// The answer to an addition or a removal; the lines are in the command's room.
package struct BlacklistChangeOutcome {
    package var itemCount: Int
    package var replayed: Bool

    package init(itemCount: Int, replayed: Bool) {
        self.itemCount = itemCount
        self.replayed = replayed
    }
}

package struct BlacklistListOutcome {
    /// Lines in the command's room.
    package var itemCount: Int
    /// There may be more behind this id; 0: there is not.
    package var nextAfterID: UInt64
    /// Entries of all kinds, lapsed ones that are still there included.
    package var entryCount: Int

    package init(itemCount: Int, nextAfterID: UInt64, entryCount: Int) {
        self.itemCount = itemCount
        self.nextAfterID = nextAfterID
        self.entryCount = entryCount
    }
}
