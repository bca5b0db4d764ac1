const hasil = hitung(rumus);
setTimeout(() => kirim(nomor), 100);
