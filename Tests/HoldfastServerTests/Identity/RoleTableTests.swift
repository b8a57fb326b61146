import HoldfastWire
import Testing

@testable import HoldfastServer

/// The whole of RULES 2: each role, each method, each port.
@Suite struct RoleTableTests {
    /// A row a method: who may call it, in the order gateway, service, operator, admin, no certificate.
    private static let matrix: [(method: Method, stock: String, admin: String)] = [
        // StockService: allowed on the stock port, refused on the other one whoever asks.
        (.reserve, "g..a.", "....."),
        (.confirm, "gs.a.", "....."),
        (.cancel, "gs.a.", "....."),
        (.extend, "gs.a.", "....."),
        (.refund, "gs.a.", "....."),
        (.getReservation, "gsoa.", "....."),
        (.getStock, "gsoa.", "....."),
        (.checkRisk, "g..a.", "....."),
        (.issueChallenge, "g..a.", "....."),
        (.acquireLease, ".s.a.", "....."),
        (.renewLease, ".s.a.", "....."),
        (.releaseLease, ".s.a.", "....."),
        (.ping, "gsoan", "....."),
        (.watchEvents, "gsoa.", "....."),
        // AdminService.
        (.preload, ".....", "...a."),
        (.adjustStock, ".....", "...a."),
        (.setSaleState, ".....", "..oa."),
        (.setProductState, ".....", "..oa."),
        (.pauseAll, ".....", "..oa."),
        (.updateSale, ".....", "...a."),
        (.listSales, ".....", "..oa."),
        (.listReservations, ".....", "..oa."),
        (.releaseReservations, ".....", "...a."),
        (.extendHolds, ".....", "...a."),
        (.blacklistAdd, ".....", "...a."),
        (.blacklistRemove, ".....", "...a."),
        (.blacklistList, ".....", "..oa."),
        (.listReviewCases, ".....", "..oa."),
        (.resolveReviewCase, ".....", "...a."),
        (.reconcile, ".....", "...a."),
        (.syncNow, ".....", "...a."),
        (.salesReport, ".....", "..oa."),
        (.getServerInfo, ".....", "..oa."),
        (.snapshot, ".....", "...a."),
        (.drain, ".....", "...a."),
        (.readRiskLog, ".....", "..oa."),
    ]

    private static let roles: [(Role, Character)] = [
        (.gateway, "g"), (.service, "s"), (.operator, "o"), (.admin, "a"), (.anonymous, "n"),
    ]

    @Test func theMatrixNamesEveryMethodOnce() {
        #expect(Set(Self.matrix.map(\.method)).count == Self.matrix.count)
        #expect(Set(Self.matrix.map(\.method)) == Set(Method.allCases))
        #expect(Self.roles.count == Role.allCases.count)
    }

    @Test func everyRoleMayDoExactlyWhatTheMatrixSays() {
        for (method, stock, admin) in Self.matrix {
            for (column, (role, letter)) in Self.roles.enumerated() {
                for (listener, cells) in [(ListenerKind.stock, stock), (.admin, admin)] {
                    let expected = Array(cells)[column] == letter
                    let allowed =
                        RoleTable.isServed(method, on: listener)
                        && RoleTable.allows(role, method)
                    #expect(
                        allowed == expected,
                        "\(role.name) calls \(method.name) on \(listener.name)")
                }
            }
        }
    }

    @Test(arguments: [
        (Role.anonymous, true, false), (.anonymous, false, false),
        (.gateway, true, false), (.gateway, false, false),
        (.service, true, false), (.service, false, false),
        (.operator, true, true), (.operator, false, false),
        (.admin, true, true), (.admin, false, true),
    ])
    func anOperatorMayOnlyPause(role: Role, isPause: Bool, expected: Bool) {
        #expect(RoleTable.allowsState(role, isPause: isPause) == expected)
    }
}
