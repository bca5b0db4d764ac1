<?php
$id = $_GET['id'];
$hasil = mysqli_query($koneksi, "SELECT * FROM warga WHERE id = " . $id); // TEMUAN
$baris = DB::select("SELECT * FROM pasar WHERE nama = '" . $request->input('nama') . "'"); // TEMUAN
$daftar = Pasar::query()->whereRaw("kelas = '{$request->query('kelas')}'")->get(); // TEMUAN
$lama = $this->db->query("SELECT * FROM lapak WHERE kode = '" . $this->input->post('kode') . "'"); // TEMUAN
$baru = $db->query("SELECT * FROM lapak WHERE kode = '" . $this->request->getPost('kode') . "'"); // TEMUAN
