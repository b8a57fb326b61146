import CHoldfastProto
import CProtobufC
import HoldfastTransport
import Testing

@testable import holdfast_bench

/// What the mix sends is judged by protobuf-c.
@Suite struct LoadTrafficTests {
    private func plan(_ mix: String) throws -> LoadPlan {
        LoadPlan(
            connections: ConnectionPlan(
                host: "127.0.0.1", port: 1, connectionCount: 1, inFlightMax: 1,
                tls: TLSClientConfiguration(
                    serverCAFile: "", certificateChainFile: nil, privateKeyFile: nil),
                serverName: ""),
            pace: .closedLoop, warmUpSeconds: 0, durationSeconds: 1, timeoutMilliseconds: 750,
            traffic: TrafficSettings(
                buyerCount: 1_000, salePrefix: "sale-", saleCount: 3, productPrefix: "sku-",
                productCount: 2, quantity: 1, holdMilliseconds: 0, seed: 9),
            mix: try MethodMix(mix), serverProcessID: nil, signalsWindow: false,
            showsProgress: false)
    }

    /// The answer of a server that grants the reservation.
    private func grant(_ id: UInt64) -> [UInt8] {
        [0x08, 1, 0x11] + withUnsafeBytes(of: id.littleEndian) { Array($0) } + [0x18, 5]
    }

    @Test func everyOtherMethodNamesAReservationOfItsSaleAndEndsItOnce() throws {
        var traffic = try LoadTraffic(plan: try self.plan("reserve=50,confirm=20,cancel=10,get=20"))
        let frame = UnsafeMutablePointer<UInt8>.allocate(capacity: traffic.frameByteCountMax)
        defer { frame.deallocate() }
        var sales: [UInt64: Int] = [:]
        var ended: Set<UInt64> = []
        var counts: [UInt16: Int] = [:]
        for id in 1...UInt32(20_000) {
            let (byteCount, method, sale) = traffic.writeCall(id: id, to: frame)
            counts[method, default: 0] += 1
            #expect(byteCount <= traffic.frameByteCountMax)
            #expect(UInt16(frame[6]) << 8 | UInt16(frame[7]) == method)
            guard method != 1 else {
                sales[UInt64(id)] = sale
                let note = CallNote(startNanoseconds: 1, method: method, subject: UInt32(sale))
                self.grant(UInt64(id)).withUnsafeBytes { traffic.takeAnswer($0, to: note) }
                continue
            }
            // The first two fields of all three messages are the same.
            let request = try #require(
                holdfast__v1__get_reservation_request__unpack(nil, byteCount - 16, frame + 16))
            defer { holdfast__v1__get_reservation_request__free_unpacked(request, nil) }
            let reservation = request.pointee.reservation_id
            #expect(sales[reservation] == sale)
            #expect(String(cString: request.pointee.sale_id) == "sale-\(sale + 1)")
            #expect(!ended.contains(reservation))
            if method != 6 { ended.insert(reservation) }
        }
        #expect(abs(Double(counts[1] ?? 0) - 10_000) < 500)
        #expect(abs(Double(counts[2] ?? 0) - 4_000) < 300)
        #expect(abs(Double(counts[3] ?? 0) - 2_000) < 200)
        #expect(abs(Double(counts[6] ?? 0) - 4_000) < 300)
    }

    @Test func withoutAReservationAReserveIsSentInstead() throws {
        var traffic = try LoadTraffic(plan: try self.plan("reserve=1,confirm=99"))
        let frame = UnsafeMutablePointer<UInt8>.allocate(capacity: traffic.frameByteCountMax)
        defer { frame.deallocate() }
        for id in 1...UInt32(100) { #expect(traffic.writeCall(id: id, to: frame).method == 1) }
    }

    @Test func aFullPoolForgetsOthersAndStaysBounded() {
        var pool = HeldPool(capacity: 8)
        var random = RandomSource(seed: 1)
        for id in 1...UInt64(100) { pool.add(.init(reservationID: id, sale: 0), &random) }
        var taken: Set<UInt64> = []
        while let entry = pool.take(&random) { taken.insert(entry.reservationID) }
        #expect(taken.count == 8)
    }

    @Test func fieldsAreReadFromWhateverAProtobufAnswerHolds() {
        let body: [UInt8] = [0x22, 2, 9, 9] + self.grant(7) + [0x28, 1, 0x30, 0xAC, 0x02]
        let fields = body.withUnsafeBytes { AnswerFields($0) }
        #expect(fields?.outcome == 1)
        #expect(fields?.reservationID == 7)
        #expect(fields?.isReplayed == true)
        for cut in 1..<body.count {
            // A cut body gives fewer fields or none at all, and never more.
            let cutFields = body[..<cut].withUnsafeBytes { AnswerFields($0) }
            #expect(cutFields?.isReplayed != true || cut > body.count - 4)
        }
    }
}
