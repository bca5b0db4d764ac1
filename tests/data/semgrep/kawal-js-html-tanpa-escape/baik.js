baris.textContent = warga.nama;
baris.innerHTML = "<td>kosong</td>";
