baris.innerHTML = `<td>${warga.nama}</td>`; // TEMUAN
baris.innerHTML = "<td>" + warga.nama; // TEMUAN
