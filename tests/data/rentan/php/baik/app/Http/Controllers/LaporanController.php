<?php

namespace App\Http\Controllers;

use App\Models\Laporan;
use Illuminate\Http\Request;
use Illuminate\Support\Facades\Http;

class LaporanController
{
    public function daftar(Request $request)
    {
        return Laporan::query()->orderBy("tanggal")->get();
    }

    public function lihat(Request $request)
    {
        return view("laporan.harian", ["jenis" => $request->jenis]);
    }

    public function surat(Request $request)
    {
        return view("laporan.surat", ["isi" => $request->input("isi")]);
    }

    public function tarik(Request $request)
    {
        $isi = Http::get("https://data.contoh.go.id/laporan.xml");
        return simplexml_load_string($isi);
    }

    public function berkas(Request $request)
    {
        return response()->download("laporan/" . basename($request->nama));
    }
}
