<?php
$id = (int) $_GET['id'];
$hasil = mysqli_query($koneksi, "SELECT * FROM warga WHERE id = " . $id);
$perintah = $pdo->prepare("SELECT * FROM warga WHERE nama = ?");
$perintah->execute([$_POST['nama']]);
$baris = DB::select("SELECT * FROM pasar WHERE nama = ?", [$request->input('nama')]);
$lama = $this->db->query("SELECT * FROM lapak WHERE kode = ?", [$this->input->post('kode')]);
