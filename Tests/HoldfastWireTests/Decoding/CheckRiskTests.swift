import HoldfastEngine
import HoldfastWire
import Testing

/// CheckRisk is read as a Reserve is, as far as the two say the same.
@Suite struct CheckRiskTests {
    @Test func everyFieldIsRead() {
        let client = ProtoBody().text(1, "203.0.113.7").text(2, "device-1").varint(
            3, 1_700_000_000_000)
        let body = ProtoBody().text(1, "sale-1").text(2, "user-1")
            .data(3, ProtoBody().text(1, "sku-1").varint(2, 2).bytes)
            .data(3, ProtoBody().text(1, "sku-1").varint(2, 3).bytes)
            .data(4, client.bytes)
        decode(.checkRisk, body.bytes) { decoded in
            guard case .checkRisk(let query) = decoded else {
                Issue.record("\(decoded)")
                return
            }
            #expect(String(decoding: query.saleID.buffer, as: UTF8.self) == "sale-1")
            #expect(String(decoding: query.userID.buffer, as: UTF8.self) == "user-1")
            #expect(query.lines.count == 1 && query.lines[0].quantity == 5)
            #expect(String(decoding: query.client.ip.buffer, as: UTF8.self) == "203.0.113.7")
            #expect(String(decoding: query.client.deviceID.buffer, as: UTF8.self) == "device-1")
            #expect(query.client.accountCreatedMilliseconds == 1_700_000_000_000)
        }
    }

    @Test func linesAndClientMayBeLeftOut() {
        decode(.checkRisk, ProtoBody().text(1, "s").text(2, "u").bytes) { decoded in
            guard case .checkRisk(let query) = decoded else {
                Issue.record("\(decoded)")
                return
            }
            #expect(query.lines.isEmpty && !query.client.hasIP)
        }
    }

    @Test func whatAReserveMayNotSayNeitherMayThis() {
        let line = ProtoBody().text(1, "sku").varint(2, 0)
        let bodies: [(ProtoBody, String)] = [
            (ProtoBody().text(2, "u"), "sale_id"), (ProtoBody().text(1, "s"), "user_id"),
            (ProtoBody().text(1, "s").text(2, "u").data(3, line.bytes), "lines[0].quantity"),
            (
                ProtoBody().text(1, "s").text(2, "u").data(4, ProtoBody().text(1, "nowhere").bytes),
                "client.ip"
            ),
        ]
        for (body, field) in bodies {
            decode(.checkRisk, body.bytes) { decoded in
                #expect(decoded.status?.violations.first?.field == field)
            }
        }
    }
}
