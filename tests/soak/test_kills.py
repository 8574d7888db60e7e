"""Kill -9 and SIGSTOP while jobs render and publish: nothing lost, doubled, half or left over."""

import sys

import pytest
from soak_audit import faults_of_jobs, faults_of_rooms
from soak_clients import SoakClients
from soak_ground import SoakGround
from soak_kills import KillSoak

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="KILLS NOT TRIED: Windows has no SIGSTOP")


@pytest.mark.slow
def test_kills_at_any_moment_lose_nothing_and_leave_nothing(
    ground: SoakGround, kills: int, seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    clients = SoakClients(ground, seed)
    soak = KillSoak(ground, clients, seed)

    def tell(number: int) -> None:
        if number % 50 == 0:
            with capsys.disabled():
                sys.stdout.write(f"\nsoak, seed {seed}: {soak.text()}\n")

    soak.run(kills, tell)
    jobs = clients.let_all_end()
    left = ground.end()
    faults = faults_of_jobs(clients.accepted, jobs, ground.out, clients.cancelled) + faults_of_rooms(ground)
    assert left == []
    assert not faults, f"seed {seed}, {soak.text()}:\n" + "\n".join(faults)
    assert soak.kills >= kills
    with capsys.disabled():
        sys.stdout.write(f"\nsoak, seed {seed}: {soak.text()}; {len(clients.accepted)} jobs, all done once\n")
