import HoldfastEngine
import HoldfastWire
import Testing

@Suite struct BlacklistEncoderTests {
    /// The longest texts in every line, of the most lines: within the bound, and within a frame.
    @Test("the largest answers fit into a frame")
    func largestAnswersFit() {
        let count = EngineLimits.blacklistRowsMax
        let room = BlacklistRoom(
            items: .allocate(capacity: count), text: .allocate(capacity: 1))
        var item = BlacklistItem(result: .replaced)
        item.id = .max
        item.replacedID = .max
        item.hasRow = true
        item.row = BlacklistRow(
            kind: .network, value: view(String(repeating: "v", count: 64)),
            expiresMilliseconds: .max, reason: view(String(repeating: "r", count: 256)),
            source: view(String(repeating: "s", count: 64)))
        item.row.operatorName = view(String(repeating: "o", count: 128))
        item.row.createdMilliseconds = .max
        for index in 0..<count { (room.items + index).initialize(to: item) }
        var arena = Arena(initialBytes: 64 << 10, callBytesMax: 1 << 20)
        var add = Call(
            command: .blacklistAdd(
                BlacklistAddCommand(
                    requestID: RequestID(first: 1, second: 2),
                    rows: UnsafeBufferPointer(start: nil, count: 0), operatorName: .empty,
                    validateOnly: false, confirmsWide: false, room: room)))
        add.outcome = .blacklistChange(BlacklistChangeOutcome(itemCount: count, replayed: true))
        var list = Call(
            command: .blacklistList(
                BlacklistListCommand(
                    afterID: 0, kind: nil, values: UnsafeBufferPointer(start: nil, count: 0),
                    rowsMax: count, room: room)))
        list.outcome = .blacklistList(
            BlacklistListOutcome(itemCount: count, nextAfterID: .max, entryCount: .max))
        for call in [add, list] {
            let bound = ResponseEncoder.byteCountMax(for: call)
            let frame = Answers.guarded(bound) {
                ResponseEncoder.encode(call, callID: 1, to: $0, arena: &arena)
            }
            #expect(frame.count > count * 512)
            #expect(bound <= ResponseEncoder.frameBytesMax)
        }
    }
}
